using System.Globalization;
using System.Net;
using System.Text;

namespace Sento.Lab.Reports.Charts;

/// <summary>
/// Writes the elements of a picture. Colours are classes: the page says what they look like.
/// </summary>
internal sealed class Svg
{
    private readonly StringBuilder _text = new();

    public Svg(int width, int height, string title, string more = "") => _text.Append(
        CultureInfo.InvariantCulture,
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\"{more}>")
        .Append(CultureInfo.InvariantCulture, $"<title>{Plain(title)}</title>\n");

    public static string Plain(string text) => WebUtility.HtmlEncode(text);

    public void Raw(string text) => _text.Append(text);

    public void Text(double x, double y, string text, string kind = "t", string anchor = "start") =>
        _text.Append(
            CultureInfo.InvariantCulture,
            $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" class=\"{kind}\" text-anchor=\"{anchor}\">")
            .Append(Plain(text)).Append("</text>\n");

    public void Line(double x1, double y1, double x2, double y2, string kind) => _text.Append(
        CultureInfo.InvariantCulture,
        $"<line x1=\"{x1:0.#}\" y1=\"{y1:0.#}\" x2=\"{x2:0.#}\" y2=\"{y2:0.#}\" class=\"{kind}\"/>\n");

    public void Box(double x, double y, double width, double height, string kind) => _text.Append(
        CultureInfo.InvariantCulture,
        $"<rect x=\"{x:0.#}\" y=\"{y:0.#}\" width=\"{width:0.#}\" height=\"{height:0.#}\" ")
        .Append(CultureInfo.InvariantCulture, $"class=\"{kind}\"/>\n");

    public void Dot(double x, double y, string kind) => _text.Append(
        CultureInfo.InvariantCulture,
        $"<circle cx=\"{x:0.#}\" cy=\"{y:0.#}\" r=\"3.5\" class=\"dot {kind}\"/>\n");

    public void Path(IEnumerable<(double X, double Y)> points, string kind, double? closeAt = null)
    {
        var placed = points.ToList();
        if (placed.Count == 0)
            return;
        _text.Append("<path d=\"");
        for (var index = 0; index < placed.Count; index++)
        {
            _text.Append(
                CultureInfo.InvariantCulture,
                $"{(index == 0 ? 'M' : 'L')}{placed[index].X:0.#} {placed[index].Y:0.#}");
        }
        if (closeAt is { } floor)
        {
            _text.Append(
                CultureInfo.InvariantCulture,
                $"L{placed[^1].X:0.#} {floor:0.#}L{placed[0].X:0.#} {floor:0.#}Z");
        }
        _text.Append(CultureInfo.InvariantCulture, $"\" class=\"{kind}\"/>\n");
    }

    /// <summary>Grid lines with their numbers on the left, numbers below.</summary>
    public void Frame(Axis across, Axis up, string unitAcross, string unitUp)
    {
        foreach (var tick in up.Ticks())
        {
            Line(across.From, up.Place(tick), across.To, up.Place(tick), "grid");
            Text(across.From - 5, up.Place(tick) + 4, Axis.Text(tick), "n", "end");
        }
        foreach (var tick in across.Ticks())
            Text(across.Place(tick), up.From + 15, Axis.Text(tick), "n", "middle");
        Text(across.To, up.From + 29, unitAcross, "n", "end");
        Text(across.From - 5, up.To - 9, unitUp, "n", "end");
    }

    public override string ToString() => _text + "</svg>\n";
}

using System.Runtime.CompilerServices;
using System.Text;

namespace Sento.DataPlane.Metrics;

/// <summary>An interpolated log text that is only put together when its level is on.</summary>
/// <remarks>
/// The compiler calls it for <c>log.Write(level, event, scope, $"...")</c>. While the level is off not even
/// the values are looked at, so a line that is off costs a comparison.
/// </remarks>
[InterpolatedStringHandler]
public ref struct LogMessage
{
    private DefaultInterpolatedStringHandler _text;

    public LogMessage(int literalLength, int formattedCount, Log log, LogLevel level, out bool isOn)
    {
        isOn = log.IsOn(level);
        IsOn = isOn;
        _text = isOn ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
    }

    /// <summary>For lines that DebugLogging turns on for one proxy.</summary>
    public LogMessage(int literalLength, int formattedCount, SessionLog log, out bool isOn)
    {
        isOn = log.IsDebugOn;
        IsOn = isOn;
        _text = isOn ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
    }

    internal bool IsOn { get; }

    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    public void AppendFormatted<T>(T value, string? format) => _text.AppendFormatted(value, format);

    public void AppendFormatted(ReadOnlySpan<char> value) => _text.AppendFormatted(value);

    /// <summary>Bytes of a message, as UTF-8; broken bytes become U+FFFD.</summary>
    public void AppendFormatted(ReadOnlySpan<byte> utf8) =>
        _text.AppendFormatted(Encoding.UTF8.GetString(utf8));

    internal string Take() => _text.ToStringAndClear();
}

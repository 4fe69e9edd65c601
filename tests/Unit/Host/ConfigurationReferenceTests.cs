using Sento.Tests.Support;
using Xunit;

namespace Sento.Tests.Unit.Host;

public sealed class ConfigurationReferenceTests
{
    private const string Begin = "<!-- properties -->\n";
    private const string End = "<!-- end of properties -->\n";

    /// <summary>To write it anew: SENTO_WRITE_REFERENCE=1 and this test.</summary>
    [Fact]
    public void The_reference_says_what_the_reader_does()
    {
        var file = SourceTree.At("docs", "operating", "configuration.md");
        var text = File.ReadAllText(file);
        var begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var end = text.IndexOf(End, StringComparison.Ordinal);
        var expected = ConfigurationReference.Render();
        if (Environment.GetEnvironmentVariable("SENTO_WRITE_REFERENCE") == "1")
            File.WriteAllText(file, text[..begin] + expected + "\n" + text[end..]);
        else
            Assert.Equal(expected + "\n", text[begin..end]);
    }
}

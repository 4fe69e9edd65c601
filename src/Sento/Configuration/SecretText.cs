namespace Sento.Host.Configuration;

/// <summary>
/// A value of a secret as it stands in a file or on the command line: itself, or where it is to be read.
/// </summary>
/// <remarks>
/// <c>env:NAME</c> is an environment variable, <c>file:/path</c> the first line of a file,
/// <c>text:...</c> the rest as it stands, for values that begin like one of the others.
/// </remarks>
internal static class SecretText
{
    private const int FileBytesMax = 65_536;

    /// <param name="folder">What a relative path is relative to.</param>
    /// <param name="fault">What is wrong; names the variable or the file, never the value.</param>
    public static bool TryResolve(string text, string folder, out string value, out string fault)
    {
        (value, fault) = (text, "");
        if (text.StartsWith("text:", StringComparison.Ordinal))
            value = text[5..];
        else if (text.StartsWith("env:", StringComparison.Ordinal))
            return FromEnvironment(text[4..], out value, out fault);
        else if (text.StartsWith("file:", StringComparison.Ordinal))
            return FromFile(Path.Combine(folder, text[5..]), out value, out fault);
        return true;
    }

    private static bool FromEnvironment(string name, out string value, out string fault)
    {
        value = Environment.GetEnvironmentVariable(name) ?? "";
        fault = value.Length == 0 ? $"environment variable {name} is not set" : "";
        return value.Length > 0;
    }

    private static bool FromFile(string path, out string value, out string fault)
    {
        value = "";
        try
        {
            if (new FileInfo(path).Length > FileBytesMax)
            {
                fault = $"{path} is longer than {FileBytesMax} bytes";
                return false;
            }
            value = File.ReadLines(path).FirstOrDefault() ?? "";
            fault = value.Length == 0 ? $"the first line of {path} is empty" : "";
            return value.Length > 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            fault = $"{path} can't be read: {FileFault.Of(error)}";
            return false;
        }
    }
}

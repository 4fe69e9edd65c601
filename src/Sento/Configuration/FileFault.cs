namespace Sento.Host.Configuration;

/// <summary>Why a file can't be read, in few words.</summary>
internal static class FileFault
{
    public static string Of(Exception error) => error switch
    {
        FileNotFoundException or DirectoryNotFoundException => "no such file",
        UnauthorizedAccessException => "permission denied",
        _ => error.Message,
    };

    /// <summary>What keeps the file from being read; null: nothing.</summary>
    public static string? Check(string path)
    {
        if (Directory.Exists(path))
            return $"{path} is a folder";
        try
        {
            using var file = File.OpenRead(path);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"{path}: {Of(error)}";
        }
    }
}

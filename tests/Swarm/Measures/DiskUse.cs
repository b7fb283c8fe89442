namespace TaskConsole.Swarm.Measures;

/// <summary>What a folder holds.</summary>
internal static class DiskUse
{
    /// <summary>Bytes of all files in it; what vanishes meanwhile does not count.</summary>
    public static long Of(string folder)
    {
        var bytes = 0L;
        try
        {
            foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint }))
            {
                bytes += LengthOf(file);
            }
        }
        catch (DirectoryNotFoundException)
        {
            // Not made yet, or a part of it went while it was listed.
        }

        return bytes;
    }

    private static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}

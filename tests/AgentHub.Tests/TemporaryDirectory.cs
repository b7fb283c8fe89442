namespace TaskConsole.AgentHub.Tests;

/// <summary>A folder that goes when the test ends.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("taskconsole-hub-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

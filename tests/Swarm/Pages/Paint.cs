namespace TaskConsole.Swarm.Pages;

/// <summary>The way to a useful page, each in milliseconds from the navigation.</summary>
/// <param name="Answer">The document has come.</param>
/// <param name="Document">It has been read, and its scripts have run.</param>
/// <param name="Circuit">The console has answered the first request for a circuit.</param>
/// <param name="Useful">The first useful paint.</param>
internal sealed record Paint(double Answer, double Document, double Circuit, double Useful);

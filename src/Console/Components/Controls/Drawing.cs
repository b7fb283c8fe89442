namespace TaskConsole.Console.Components.Controls;

/// <summary>Drawings for what is empty.</summary>
public enum Drawing
{
    /// <summary>No task yet.</summary>
    Tasks,

    /// <summary>No host yet.</summary>
    Hosts,

    /// <summary>Nothing matches.</summary>
    Nothing,

    /// <summary>No output.</summary>
    Output,
}

namespace TaskConsole.Agent.Commands;

/// <summary>The command line cannot be carried out; <see cref="Exception.Message"/> is the one sentence that says which option and what is allowed.</summary>
internal sealed class WrongOptionException(string sentence) : Exception(sentence);

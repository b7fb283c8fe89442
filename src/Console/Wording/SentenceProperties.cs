using System.Text.Json.Serialization.Metadata;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Wording;

/// <summary>Fills the English sentences of answers when they are written as JSON: Core tells codes alone.</summary>
internal static class SentenceProperties
{
    private const string Message = "message";

    /// <summary>A modifier of the contracts of REST and SignalR.</summary>
    public static void Fill(JsonTypeInfo type)
    {
        if (type.Type.IsAssignableTo(typeof(CommandHostView)))
        {
            Set(type, row => Sentences.English.Of((CommandHostView)row));
        }
        else if (type.Type == typeof(AttemptView))
        {
            Set(type, attempt => Sentences.English.Of((AttemptView)attempt));
        }
        else if (type.Type == typeof(HoldView))
        {
            Set(type, hold => Sentences.English.Of((HoldView)hold), "sentence");
        }
    }

    private static void Set(JsonTypeInfo type, Func<object, string?> make, string property = Message) => type.Properties.Single(candidate => candidate.Name == property).Get = make;
}

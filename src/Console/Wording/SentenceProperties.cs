using System.Text.Json.Serialization.Metadata;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Console.Wording;

/// <summary>Fills the English sentences of answers when they are written as JSON: Core tells codes alone.</summary>
internal static class SentenceProperties
{
    private const string Message = "message";
    private const string Detail = "detail";
    private const string Sentence = "sentence";

    /// <summary>A modifier of the contracts of REST and SignalR.</summary>
    public static void Fill(JsonTypeInfo type)
    {
        if (type.Type.IsAssignableTo(typeof(CommandHostView)))
        {
            Set(type, Message, row => Sentences.English.Of((CommandHostView)row));
        }
        else if (type.Type == typeof(AttemptView))
        {
            Set(type, Message, attempt => Sentences.English.Of((AttemptView)attempt));
        }
        else if (type.Type == typeof(StoryEntry))
        {
            Set(type, Detail, told => StoryDetail.Of((StoryEntry)told));
        }
        else if (type.Type == typeof(HoldView))
        {
            Set(type, Sentence, hold => Sentences.English.Of((HoldView)hold));
        }
    }

    private static void Set(JsonTypeInfo type, string name, Func<object, string?> make) => type.Properties.Single(property => property.Name == name).Get = make;
}

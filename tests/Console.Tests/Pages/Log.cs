using System.Text;
using TaskConsole.Console.Components.Output;
using TaskConsole.Core.Outputs;

namespace TaskConsole.Console.Tests.Pages;

/// <summary>Makes log documents out of what a script might write.</summary>
internal static class Log
{
    public static LogDocument Of(string text, bool complete = true) => Of(complete, Stdout(text));

    public static LogDocument Of(bool complete, params IEnumerable<OutputChunk> chunks)
    {
        var document = new LogDocument();
        foreach (var chunk in chunks)
        {
            document.Append(chunk);
        }

        if (complete)
        {
            document.Complete();
        }

        return document;
    }

    public static OutputChunk Stdout(string text) => Bytes(OutputStream.Stdout, Encoding.UTF8.GetBytes(text));

    public static OutputChunk Stderr(string text) => Bytes(OutputStream.Stderr, Encoding.UTF8.GetBytes(text));

    public static OutputChunk Bytes(OutputStream stream, params byte[] content) => new(stream, 0, content.Length, content, Omitted: false);

    public static string[] Texts(this LogDocument document) => [.. Enumerable.Range(0, document.Count).Select(index => document[index].Text)];
}

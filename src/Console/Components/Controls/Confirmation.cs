using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace TaskConsole.Console.Components.Controls;

/// <summary>Asks before an act that cannot be undone.</summary>
internal static class Confirmation
{
    /// <summary>Whether the person said yes.</summary>
    /// <param name="dialogs">The page's dialogs.</param>
    /// <param name="title">The question.</param>
    /// <param name="text">What will happen.</param>
    /// <param name="yes">Word on the button: the act itself.</param>
    /// <param name="answer">What must be typed first; null: nothing.</param>
    /// <param name="answerLabel">Says what must be typed.</param>
    /// <param name="content">More below the text.</param>
    public static async Task<bool> AskAsync(
        this IDialogService dialogs, string title, string text, string yes, string? answer = null, string? answerLabel = null, RenderFragment? content = null)
    {
        var parameters = new DialogParameters<ConfirmDialog>
        {
            { dialog => dialog.Title, title },
            { dialog => dialog.Text, text },
            { dialog => dialog.Yes, yes },
            { dialog => dialog.Danger, true },
            { dialog => dialog.Answer, answer },
            { dialog => dialog.AnswerLabel, answerLabel },
            { dialog => dialog.ChildContent, content },
        };
        var shown = await dialogs.ShowAsync<ConfirmDialog>(title, parameters);
        return await shown.Result is { Canceled: false };
    }
}

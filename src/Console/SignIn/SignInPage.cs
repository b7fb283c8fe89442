using System.Net;
using System.Resources;
using Microsoft.AspNetCore.Http.HttpResults;

namespace TaskConsole.Console.SignIn;

/// <summary>The plain page that explains how to sign in. It needs no script and no asset, so that it shows whatever else is wrong.</summary>
internal static class SignInPage
{
    private static readonly ResourceManager Texts = new(typeof(SignInPage));

    /// <param name="linkWasRefused">Whether somebody came by a link that is used, expired or wrong.</param>
    public static ContentHttpResult Render(bool linkWasRefused)
    {
        var reason = linkWasRefused ? $"""<p class="refused">{Text("Refused")}</p>""" : "";
        return TypedResults.Content(
            $$"""
            <!doctype html>
            <html lang="{{Text("Language")}}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{{Text("Title")}} · TaskConsole</title>
            <style>
            :root { color-scheme: light dark; --back: #f6f7f9; --panel: #fff; --line: #e3e6ea; --ink: #1b2430; --muted: #66717f; --amber: #c98a12 }
            @media (prefers-color-scheme: dark) { :root { --back: #0f141b; --panel: #171e27; --line: #273140; --ink: #e3e9f1; --muted: #8d9aab; --amber: #e5ac3d } }
            body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--back); color: var(--ink); font: 14px/1.6 system-ui, "Noto Sans CJK SC", sans-serif }
            main { max-width: 440px; margin: 16px; padding: 24px 32px; background: var(--panel); border: 1px solid var(--line); border-radius: 8px }
            h1 { margin: 0 0 8px; font-size: 18px }
            .refused { padding-left: 12px; border-left: 3px solid var(--amber) }
            p:last-child { color: var(--muted) }
            code { font: 13px ui-monospace, monospace }
            </style>
            </head>
            <body><main><h1>{{Text("Title")}}</h1>{{reason}}<p>{{Text("Explanation")}}<br><code>Sign in: http://…/sign-in?token=…</code></p><p>{{Text("NewLink")}}</p></main></body>
            </html>
            """,
            "text/html; charset=utf-8",
            statusCode: linkWasRefused ? StatusCodes.Status401Unauthorized : StatusCodes.Status200OK);
    }

    private static string Text(string name) => WebUtility.HtmlEncode(Texts.GetString(name, System.Globalization.CultureInfo.CurrentUICulture) ?? name);
}

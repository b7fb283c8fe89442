using TaskConsole.AgentHub;
using TaskConsole.Console.Api;
using TaskConsole.Console.Components;
using TaskConsole.Console.Demo;
using TaskConsole.Console.Health;
using TaskConsole.Console.Live;
using TaskConsole.Console.Logging;
using TaskConsole.Console.Settings;
using TaskConsole.Console.SignIn;
using TaskConsole.Core;

namespace TaskConsole.Console;

/// <summary>The composition root: what the console is made of, in the order in which it comes to life.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (CommandLine.TryAnswer(args, System.Console.Out))
        {
            return 0;
        }

        if (OperatingSystem.IsLinux())
        {
            // Whatever this process makes is its account's alone.
            _ = Posix.SetUmask(0b000_111_111);
        }

        try
        {
            var app = Build(args);
            await using (app.ConfigureAwait(false))
            {
                using var only = DataDirectoryLock.Take(app.Services.GetRequiredService<ConsoleSettings>().DataDirectory);
                await StartAsync(app);
                await app.WaitForShutdownAsync();
                return 0;
            }
        }
        catch (Exception failure) when (StartFailure.Explain(failure) is { } sentence)
        {
            await System.Console.Error.WriteLineAsync(sentence);
            return 1;
        }
    }

    private static async Task StartAsync(WebApplication app)
    {
        try
        {
            await app.Services.MigrateStoreAsync(CancellationToken.None);
            await app.StartAsync();
            app.Welcome(System.Console.Out);
        }
        finally
        {
            // Last, as the terminal is silent until the start has succeeded; and also of one that failed, as no later start knows of it.
            app.TellMendedFiles();
        }
    }

    /// <summary>Puts the console together; nothing listens and no database is touched yet.</summary>
    /// <exception cref="WrongSettingException">A setting is wrong.</exception>
    internal static WebApplication Build(string[] args)
    {
        CommandLine.Check(args);
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            ApplicationName = typeof(Program).Assembly.GetName().Name,
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.WebHost.UseStaticWebAssets();

        var settings = ConsoleSettings.Read(builder.Configuration);
        builder.Services.AddSingleton(settings).AddSingleton(TimeProvider.System);
        builder.AddLogging(settings);
        builder.ListenForPeople(settings);
        builder.WebHost.ListenForAgents();

        // What a socket brings is handled in the thread that read it: ten thousand heartbeats would wake one more for each hop.
        // So nothing may block on the body of its own request.
        builder.WebHost.UseSockets(sockets => sockets.UnsafePreferInlineScheduling = true);

        builder.Services.AddSignIn(settings);
        builder.Services.AddTaskEngine(builder.Configuration, settings.DataDirectory);
        builder.Services.AddAgentHub(builder.Configuration, settings.DataDirectory);
        builder.Services.AddConsolePages();
        builder.Services.AddApi();
        builder.Services.AddLiveViews();
        builder.Services.AddHealth();
        builder.Services.AddDemoFleet(settings);

        var app = builder.Build();
        app.UseProblemDetails();
        app.UseSignIn();
        app.MapConsolePages();
        app.MapSignIn();
        app.MapApi();
        app.MapLiveViews();
        app.MapHealth();
        return app;
    }
}

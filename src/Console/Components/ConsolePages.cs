using System.Globalization;
using Microsoft.AspNetCore.Localization;
using MudBlazor;
using MudBlazor.Services;
using TaskConsole.Console.Components.Live;

namespace TaskConsole.Console.Components;

/// <summary>The door of the pages.</summary>
public static class ConsolePages
{
    /// <summary>Languages of the console; the first is the default.</summary>
    public static IReadOnlyList<string> Cultures { get; } = ["en", "zh-CN"];

    /// <summary>Largest message that a browser may send: a script of 256 KiB, escaped, with room.</summary>
    private const long MaxMessageBytes = 1024 * 1024;

    /// <summary>Adds what the pages need. The host adds Core and authentication.</summary>
    public static IServiceCollection AddConsolePages(this IServiceCollection services)
    {
        services.AddRazorComponents().AddInteractiveServerComponents().AddHubOptions(hub => hub.MaximumReceiveMessageSize = MaxMessageBytes);
        services.AddCascadingAuthenticationState();
        services.AddLocalization();
        services.Configure<RequestLocalizationOptions>(options =>
        {
            var cultures = Cultures.Select(CultureInfo.GetCultureInfo).ToArray();
            options.DefaultRequestCulture = new RequestCulture(cultures[0]);
            options.SupportedCultures = cultures;
            options.SupportedUICultures = cultures;
            options.ApplyCurrentCultureToResponseHeaders = true;
        });
        services.AddMudServices(mud =>
        {
            mud.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomCenter;
            mud.SnackbarConfiguration.VisibleStateDuration = 4000;
            mud.SnackbarConfiguration.HideTransitionDuration = 150;
            mud.SnackbarConfiguration.ShowTransitionDuration = 100;
            mud.SnackbarConfiguration.PreventDuplicates = true;
            mud.SnackbarConfiguration.ShowCloseIcon = false;
        });
        services.AddScoped<CurrentActor>();
        services.AddScoped<BrowserStorage>();
        return services;
    }

    /// <summary>Maps the pages and their assets. Call it after authentication and authorization.</summary>
    public static void MapConsolePages(this WebApplication app)
    {
        app.UseRequestLocalization();
        app.UseAntiforgery();
        app.MapStaticAssets().AllowAnonymous();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode().RequireAuthorization();
    }
}

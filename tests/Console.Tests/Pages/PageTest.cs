using System.Globalization;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor.Services;
using TaskConsole.Console.Actors;
using TaskConsole.Console.Components.Live;
using TaskConsole.Core.Acts;
using TaskConsole.Core.Events;

namespace TaskConsole.Console.Tests.Pages;

/// <summary>What every component test starts from: MudBlazor's services, the texts in English, a person who is signed in, a browser that agrees to all.</summary>
public abstract class PageTest : BunitContext
{
    protected static readonly Actor Me = new(ActorKind.Person, ActorIds.Of(Guid.Empty, ActorKind.Person, "operator"), "operator");

    protected PageTest()
    {
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo("en");
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddMudServices(mud => mud.PopoverOptions.CheckForPopoverProvider = false);
        Services.AddLocalization();
        Services.AddSingleton(TimeProvider.System);
        Services.AddSingleton<EventBus>();
        Services.AddScoped<CurrentActor>();
        Services.AddScoped<BrowserStorage>();
        AddAuthorization().SetAuthorized(Me.Name).SetClaims([.. Me.ToClaims()]);
    }
}

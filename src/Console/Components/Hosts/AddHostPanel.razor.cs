using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;
using TaskConsole.AgentHub.Certificates;
using TaskConsole.AgentHub.Listening;
using TaskConsole.Console.Components.Live;
using TaskConsole.Console.Resources;
using TaskConsole.Core.Hosts;

namespace TaskConsole.Console.Components.Hosts;

/// <summary>The line to paste on a host so that it joins: hub, authority, token, name and labels.</summary>
public sealed partial class AddHostPanel
{
    private string? _token;
    private string _name = "web-01";
    private string _labels = "env=prod,role=web";
    private bool _fromSource;

    [Parameter]
    public EventCallback OnClose { get; set; }

    [Inject]
    private IStringLocalizer<Text> T { get; set; } = null!;

    [Inject]
    private HostService Hosts { get; set; } = null!;

    [Inject]
    private CurrentActor CurrentActor { get; set; } = null!;

    [Inject]
    private HubCertificates Certificates { get; set; } = null!;

    [Inject]
    private AgentHubOptions Hub { get; set; } = null!;

    [Inject]
    private IOptions<AgentsOptions> Approves { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    private string Line => JoinLine.Of(_fromSource, JoinLine.HubAddress(Hub, new Uri(Navigation.BaseUri).Host), Certificates.AuthorityFingerprint, _token ?? "", _name, _labels);

    /// <inheritdoc />
    protected override async Task OnInitializedAsync()
    {
        var answer = await Hosts.ReadJoinTokenAsync(await CurrentActor.GetAsync(), CancellationToken.None);
        _token = answer.Problem is null ? answer.Value : null;
    }
}

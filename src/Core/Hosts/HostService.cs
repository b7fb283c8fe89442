using TaskConsole.Core.Access;
using TaskConsole.Core.Problems;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Hosts;

/// <summary>Reads and changes hosts on a person's word.</summary>
public sealed class HostService
{
    /// <summary>Hosts by name.</summary>
    public Task<Answer<PageOf<HostView>>> ListAsync(HostFilter filter, PageRequest page, Actor actor, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Answer<HostView>> GetAsync(Guid hostId, Actor actor, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>What a selector hits now; null: every approved host that is not draining.</summary>
    public Task<Answer<HostPreview>> PreviewAsync(string? selector, Actor actor, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<FleetCounts> CountAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Approves the pending key of a host: the first, or a replacement, which revokes the key before it.</summary>
    public Task<Answer<HostView>> ApproveAsync(Guid hostId, Actor actor, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Rejects the pending key of a host.</summary>
    public Task<Answer<HostView>> RejectAsync(Guid hostId, Actor actor, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Gives a host nothing new; what runs goes on.</summary>
    public Task<Answer<HostView>> SetDrainingAsync(Guid hostId, bool draining, Actor actor, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Replaces the labels of a host.</summary>
    public Task<Answer<HostView>> SetLabelsAsync(Guid hostId, IReadOnlyDictionary<string, string> labels, Actor actor, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Deletes a host and refuses its keys from then on; <see cref="Problem.WrongState"/> while something runs there.</summary>
    public Task<Answer<bool>> DeleteAsync(Guid hostId, Actor actor, CancellationToken cancellationToken) => throw new NotImplementedException();
}

namespace TaskConsole.Core.Acts;

/// <summary>What a role may do at least: see the contract, 'People and rights'.</summary>
public enum Role
{
    /// <summary>Reads.</summary>
    Viewer,

    /// <summary>Reads, composes, starts, cancels, retries, settles.</summary>
    Operator,

    /// <summary>Reads, and approves what another person started.</summary>
    Approver,

    /// <summary>May do everything.</summary>
    Administrator,
}

/// <summary>What an act is done to.</summary>
public enum SubjectKind
{
    /// <summary>The installation as a whole.</summary>
    Installation,

    /// <summary>A task.</summary>
    Task,

    /// <summary>One command on one host.</summary>
    CommandHost,

    /// <summary>A host.</summary>
    Host,
}

/// <summary>
/// A row of the one table of acts: everything that an <see cref="Actor"/> can ask Core for. Pages, REST, SignalR and the
/// command line name an act, and <see cref="ActDoor"/> does it or refuses it.
/// </summary>
public sealed record Act
{
    private static readonly List<Act> Table = [];

    private Act(string code, Role least, SubjectKind subject, bool isAudited)
    {
        (Code, LeastRole, Subject, IsAudited) = (code, least, subject, isAudited);
        Table.Add(this);
    }

    /// <summary>Read tasks, their hosts, attempts and stories.</summary>
    public static Act ReadTasks { get; } = new("task.read", Role.Viewer, SubjectKind.Task, isAudited: false);

    /// <summary>Read what commands wrote.</summary>
    public static Act ReadOutput { get; } = new("output.read", Role.Viewer, SubjectKind.CommandHost, isAudited: false);

    /// <summary>Read hosts.</summary>
    public static Act ReadHosts { get; } = new("host.read", Role.Viewer, SubjectKind.Host, isAudited: false);

    /// <summary>Compose a task, and perhaps start it at once.</summary>
    public static Act CreateTask { get; } = new("task.create", Role.Operator, SubjectKind.Task, isAudited: true);

    /// <summary>Start a task.</summary>
    public static Act StartTask { get; } = new("task.start", Role.Operator, SubjectKind.Task, isAudited: true);

    /// <summary>Cancel a task or some of its hosts.</summary>
    public static Act CancelTask { get; } = new("task.cancel", Role.Operator, SubjectKind.Task, isAudited: true);

    /// <summary>Make and start a task for the hosts where an ended one did not succeed.</summary>
    public static Act RetryTask { get; } = new("task.retry", Role.Operator, SubjectKind.Task, isAudited: true);

    /// <summary>Settle a CommandHost that nobody will ever know the end of.</summary>
    public static Act ResolveCommandHost { get; } = new("command-host.resolve", Role.Operator, SubjectKind.CommandHost, isAudited: true);

    /// <summary>End what attempts left running in the background.</summary>
    public static Act EndBackground { get; } = new("command-host.end-background", Role.Operator, SubjectKind.CommandHost, isAudited: true);

    /// <summary>Approve a key of a host.</summary>
    public static Act ApproveHost { get; } = new("host.approve", Role.Administrator, SubjectKind.Host, isAudited: true);

    /// <summary>Reject a key of a host.</summary>
    public static Act RejectHost { get; } = new("host.reject", Role.Administrator, SubjectKind.Host, isAudited: true);

    /// <summary>Give a host nothing new.</summary>
    public static Act DrainHost { get; } = new("host.drain", Role.Administrator, SubjectKind.Host, isAudited: true);

    /// <summary>Give a host work again.</summary>
    public static Act UndrainHost { get; } = new("host.undrain", Role.Administrator, SubjectKind.Host, isAudited: true);

    /// <summary>Replace the labels of a host.</summary>
    public static Act LabelHost { get; } = new("host.label", Role.Administrator, SubjectKind.Host, isAudited: true);

    /// <summary>Delete a host.</summary>
    public static Act DeleteHost { get; } = new("host.delete", Role.Administrator, SubjectKind.Host, isAudited: true);

    /// <summary>Read the token by which agents ask to join.</summary>
    public static Act ReadJoinToken { get; } = new("join-token.read", Role.Administrator, SubjectKind.Installation, isAudited: true);

    /// <summary>All acts.</summary>
    public static IReadOnlyList<Act> All => Table;

    /// <summary>Its name in the audit, in problems and in the list of what a person may do.</summary>
    public string Code { get; }

    /// <summary>The least role that may do it; an administrator may do everything.</summary>
    public Role LeastRole { get; }

    /// <summary>What it is done to.</summary>
    public SubjectKind Subject { get; }

    /// <summary>Whether each time that it is done leaves a row in the audit.</summary>
    public bool IsAudited { get; }

    /// <inheritdoc />
    public override string ToString() => Code;
}

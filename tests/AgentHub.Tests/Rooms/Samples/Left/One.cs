namespace TaskConsole.AgentHub.Tests.Rooms.Samples.Left;

internal sealed record One(Right.Other? Next);

using TaskConsole.Core.Acts;

namespace TaskConsole.Core.Tests.Acts;

public sealed class ActorIdsTests
{
    // The namespace of DNS names; the ids were made by uuid.uuid5 of Python.
    private static readonly Guid Dns = Guid.Parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8");

    [Theory]
    [InlineData(ActorKind.Person, "www.example.com", "8dfd0295-5c11-5c7c-bb09-a59148c4741a")]
    [InlineData(ActorKind.Token, "张伟", "efeb7c75-c74a-5468-bc5b-59718c841556")]
    public void Ids_are_those_of_the_standard(ActorKind kind, string name, string expected) =>
        Assert.Equal(Guid.Parse(expected), ActorIds.Of(Dns, kind, name));
}

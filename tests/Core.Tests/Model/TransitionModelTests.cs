using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using TaskConsole.Core.Tasks;
using TaskConsole.Core.Tests.Persistence;
using TaskConsole.Core.Tests.Tasks;

namespace TaskConsole.Core.Tests.Model;

/// <summary>Whatever happens, reactions hear of every change once: what they wrote down leads from the creation to what the store says.</summary>
public sealed class TransitionModelTests(FastSqliteDatabase database) : ModelTests(database)
{
    protected override int Share => 400;

    private protected override void Add(IServiceCollection services) => services.AddSingleton<IReaction, TransitionLog>();

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await TransitionLog.CreateTableAsync(Database, Cancel);
    }

    protected override async Task AfterAsync()
    {
        await TransitionLog.AssertCompleteAsync(Engine, Cancel);
        await using var context = Engine.Read();
        await context.Database.ExecuteSqlAsync($"DELETE FROM transition_log", Cancel);
    }
}

using Microsoft.Extensions.DependencyInjection;
using TaskConsole.Core.Dispatch.Deadlines;
using TaskConsole.Core.Events;
using TaskConsole.Core.Leadership;
using TaskConsole.Core.Tasks;

namespace TaskConsole.Core.Dispatch;

/// <summary>Adds dispatch: claiming, delivery, deadlines.</summary>
internal static class DispatchRegistration
{
    public static IServiceCollection AddDispatch(this IServiceCollection services)
    {
        services.AddSingleton<OrderComposer>();
        services.AddSingleton<CancelDelivery>();
        services.AddSingleton<DispatchSignal>();
        services.AddSingleton<IReaction, DispatchReaction>();
        services.AddSingleton<DispatchClaim>();
        services.AddSingleton<OrderDelivery>();
        services.AddSingleton<HoldKeeper>();
        services.AddSingleton<UndeliveredOrders>();
        services.AddSingleton<LedgerWork>();
        services.AddSingleton<IDeadlineChore, TaskTimeoutChore>();
        services.AddSingleton<IDeadlineChore, UndeliverableChore>();
        services.AddSingleton<IDeadlineChore, LostChore>();
        services.AddSingleton<IDeadlineChore, ServerDeadlineChore>();
        services.AddSingleton<IDeadlineChore, RedeliveryChore>();
        services.AddChore<DeadlineSweeper>();
        services.AddHostedService<StartupRecovery>();
        services.AddHostedService<Scheduler>();
        return services;
    }
}

using BenchmarkDotNet.Running;
using TaskConsole.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(SealingBenchmark).Assembly).Run(args);

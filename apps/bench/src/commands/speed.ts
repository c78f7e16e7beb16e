import path from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import { readWithProgress, summaryOf } from '../experiment/compare-strategies.ts';
import { environmentNow } from '../experiment/environment.ts';
import { mappingOf } from '../experiment/mapping.ts';
import type { TraceSummary } from '../experiment/result.ts';
import type { Progress } from '../progress.ts';
import { terminalProgress } from '../progress.ts';
import { writeInto } from '../report/publish.ts';
import { shippedTrace } from '../shipped-trace.ts';
import { measureReadSpeed, READ_SUBJECTS } from '../speed/read-speed.ts';
import { readSpeedTable } from '../speed/read-table.ts';
import type { ReplaySpeed } from '../speed/replay-speed.ts';
import { measureReplaySpeed } from '../speed/replay-speed.ts';
import { replaySpeedTable } from '../speed/speed-table.ts';
import { checkStrategyName, strategyNames } from '../strategies/registry.ts';
import { keysOf } from '../traces/index.ts';
import { listOf, usageNumber, wholeNumber } from './list-option.ts';

interface SpeedOptions {
  trace?: string;
  strategy?: readonly string[];
  tables?: readonly number[];
  rounds: number;
  roundMs: number;
  only?: 'replay' | 'reads';
  out: string;
}

interface ReplayFigures {
  readonly map: string;
  readonly accesses: number;
  readonly rounds: number;
  readonly roundMs: number;
  readonly runs: readonly ReplaySpeed[];
}

const MAP = 'l2slice4k';
const SIZES = [64, 27_517, 65_536];

/** Adds `q-bench speed`, which `npm run bench` runs. */
export function addSpeed(program: Command): void {
  program
    .command('speed')
    .summary(
      'how many accesses a second each strategy decides, and what a read through the driver costs',
    )
    .description(
      'Replays a trace in memory, on one thread, each strategy in a fresh process, in interleaved rounds, and prints ' +
        `million accesses a second: the median of the rounds, with the slowest and the fastest round. Keys are ${MAP}.\n\n` +
        'Then reads 4 KiB at a time through the live driver, L2 slice cached and file in the page cache, beside fs.readSync of the same bytes, and ' +
        'counts what a read leaves on the heap, and promises.',
    )
    .option('-t, --trace <file>', 'the trace (default: the one that comes with q-bench)')
    .option('-s, --strategy <name,...>', 'the strategies (default: all)', listOf(checkStrategyName))
    .option(
      '-n, --tables <count,...>',
      `cache sizes in tables (default: ${SIZES.join(',')})`,
      listOf(wholeNumber(1, 2 ** 27)),
    )
    .option('--rounds <count>', 'rounds after the first', usageNumber(1, 1000), 7)
    .option('--round-ms <ms>', 'least time of a round', usageNumber(1, 60_000), 40)
    .addOption(
      new Option('--only <part>', 'replay: only the strategies; reads: only the driver').choices([
        'replay',
        'reads',
      ]),
    )
    .option('-o, --out <folder>', 'where speed.json goes', 'out')
    .addHelpText(
      'after',
      `
Examples:
  q-bench speed
  q-bench speed --trace disk.vscsi.gz --strategy lru-rbtree,set-assoc-8,sieve --tables 64 --rounds 15
  q-bench speed --only reads
`,
    )
    .action(measure);
}

async function measure(options: SpeedOptions): Promise<void> {
  const { rounds, roundMs, only } = options;
  const environment = environmentNow();
  const progress = await terminalProgress();
  const result: Record<string, unknown> = { environment };
  process.stdout.write(
    `Node ${environment.node}, ${environment.cpu}; median of ${rounds} rounds (slowest-fastest)\n`,
  );
  if (only !== 'reads') {
    const { trace, replay } = await measureReplays(options, progress);
    Object.assign(result, { trace, replay });
    process.stdout.write(
      `\nReplay of ${trace.name}, ${replay.accesses.toLocaleString('en-US')} ${MAP} keys\n\n${replaySpeedTable(replay.runs)}\n`,
    );
  }
  if (only !== 'replay') {
    progress.start('reading', READ_SUBJECTS.length * (rounds + 1));
    const runs = await measureReadSpeed({ rounds, roundMs }, (done) =>
      progress.update(done),
    ).finally(() => progress.stop());
    result['read'] = { bytes: 4096, rounds, roundMs, runs };
    process.stdout.write(
      `\nReads whose L2 slice is cached and whose bytes are in the page cache\n\n${readSpeedTable(runs)}\n`,
    );
  }
  const file = path.join(options.out, 'speed.json');
  await writeInto(file, `${JSON.stringify(result, null, 2)}\n`);
  process.stdout.write(`\nNumbers: ${file}\n`);
  if (environment.load > environment.cpus) {
    process.stderr.write(
      `q-bench: the machine was busy (load ${environment.load} on ${environment.cpus} processors): spreads are wider than on a quiet one\n`,
    );
  }
}

/** Replays the trace in every strategy at every size. */
async function measureReplays(
  {
    trace: name,
    strategy: strategies = strategyNames,
    tables = SIZES,
    rounds,
    roundMs,
  }: SpeedOptions,
  progress: Progress,
): Promise<{ trace: TraceSummary; replay: ReplayFigures }> {
  const trace = await readWithProgress({ trace: name ?? shippedTrace() }, progress);
  const keys = keysOf(trace, mappingOf(MAP).span);
  progress.start('measuring', strategies.length * tables.length * (rounds + 1));
  const plan = { strategies, tables, rounds, roundMs };
  const runs = await measureReplaySpeed(keys, plan, (done) => progress.update(done)).finally(() =>
    progress.stop(),
  );
  const replay = { map: MAP, accesses: keys.length, rounds, roundMs, runs };
  return { trace: summaryOf(trace), replay };
}

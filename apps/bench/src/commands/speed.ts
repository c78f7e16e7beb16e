import path from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { readWithProgress, summaryOf } from '../experiment/compare-strategies.ts';
import { environmentNow } from '../experiment/environment.ts';
import { mappingOf } from '../experiment/mapping.ts';
import { terminalProgress } from '../progress.ts';
import { writeInto } from '../report/publish.ts';
import { shippedTrace } from '../shipped-trace.ts';
import { measureReplaySpeed } from '../speed/replay-speed.ts';
import { replaySpeedTable } from '../speed/speed-table.ts';
import { checkStrategyName, strategyNames } from '../strategies/registry.ts';
import { keysOf } from '../traces/index.ts';
import { listOf, wholeNumber } from './list-option.ts';

interface SpeedOptions {
  trace?: string;
  strategy?: string[];
  tables?: number[];
  rounds: number;
  roundMs: number;
  out: string;
}

const MAP = 'l2slice4k';
const SIZES = [64, 27_517, 65_536];

/** Adds `q-bench speed`, which `npm run bench` runs. */
export function addSpeed(program: Command): void {
  program
    .command('speed')
    .summary('how many accesses a second each strategy decides')
    .description(
      'Replays a trace in memory, on one thread, each strategy in a fresh process, in interleaved rounds, and prints ' +
        `million accesses a second: the median of the rounds, with the slowest and the fastest round. Keys are ${MAP}.`,
    )
    .option('-t, --trace <file>', 'the trace (default: the one that comes with q-bench)')
    .option('-s, --strategy <name,...>', 'the strategies (default: all)', listOf(checkStrategyName))
    .option(
      '-n, --tables <count,...>',
      `cache sizes in tables (default: ${SIZES.join(',')})`,
      listOf(wholeNumber(1, 2 ** 27)),
    )
    .option('--rounds <count>', 'rounds after the first', whole(1, 1000), 7)
    .option('--round-ms <ms>', 'least time of a round', whole(1, 60_000), 40)
    .option('-o, --out <folder>', 'where speed.json goes', 'out')
    .addHelpText(
      'after',
      `
Examples:
  q-bench speed
  q-bench speed --trace disk.vscsi.gz --strategy lru-rbtree,set-assoc-8,sieve --tables 64 --rounds 15
`,
    )
    .action(measure);
}

async function measure(options: SpeedOptions): Promise<void> {
  const { strategy: strategies = strategyNames, tables = SIZES, rounds, roundMs } = options;
  const environment = environmentNow();
  const progress = await terminalProgress();
  const trace = await readWithProgress({ trace: options.trace ?? shippedTrace() }, progress);
  const keys = keysOf(trace, mappingOf(MAP).span);
  progress.start('measuring', strategies.length * tables.length * (rounds + 1));
  const plan = { strategies, tables, rounds, roundMs };
  const runs = await measureReplaySpeed(keys, plan, (done) => progress.update(done)).finally(() =>
    progress.stop(),
  );

  const accesses = keys.length;
  const replay = { map: MAP, accesses, rounds, roundMs, runs };
  const file = path.join(options.out, 'speed.json');
  const result = { trace: summaryOf(trace), environment, replay };
  await writeInto(file, `${JSON.stringify(result, null, 2)}\n`);
  process.stdout.write(
    `Replay of ${trace.name}, ${accesses.toLocaleString('en-US')} ${MAP} keys, Node ${environment.node}, ${environment.cpu}\n` +
      `median of ${rounds} rounds (slowest-fastest)\n\n${replaySpeedTable(runs)}\n\nNumbers: ${file}\n`,
  );
  if (environment.load > environment.cpus) {
    process.stderr.write(
      `q-bench: the machine was busy (load ${environment.load} on ${environment.cpus} processors): spreads are wider than on a quiet one\n`,
    );
  }
}

function whole(least: number, most: number): (word: string) => number {
  return (word) => {
    try {
      return wholeNumber(least, most)(word);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
}

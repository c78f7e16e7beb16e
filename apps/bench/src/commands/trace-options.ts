import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { Mapping } from '../experiment/mapping.ts';
import { checkStrategyName } from '../strategies/registry.ts';
import { traceFormats } from '../traces/index.ts';
import { listOf, wholeNumber } from './list-option.ts';

/** The options of commands that replay a trace of the user's. */
export interface TraceOptions {
  readonly trace: string;
  readonly format?: string;
  readonly map?: Mapping[];
  readonly strategy?: string[];
  readonly tables?: number[];
  readonly json?: string;
  readonly html?: string;
}

/** Adds them, but for `--json` and `--html`. `mapOf` checks a mapping, `maps` says which there are. */
export function addTraceOptions(
  command: Command,
  mapOf: (word: string) => Mapping,
  maps: string,
): Command {
  return command
    .requiredOption('-t, --trace <file>', 'the trace; plain, .gz or .zst')
    .option('-f, --format <name>', 'its format, where name and content do not tell', checkFormat)
    .option(
      '-m, --map <name,...>',
      `what a key is: ${maps}, or bytes of guest disk (default: l2slice4k)`,
      listOf(mapOf),
    )
    .option(
      '-s, --strategy <name,...>',
      'the strategies (default: all; `q-bench simulate --help` lists them)',
      listOf(checkStrategyName),
    )
    .option(
      '-n, --tables <count,...>',
      'cache sizes in tables (default: powers of two up to one that holds every table of the trace)',
      listOf(wholeNumber(1, 2 ** 27)),
    );
}

/** Adds `--json` and `--html`. */
export function addResultOptions(command: Command): Command {
  return command
    .option('--json <file>', 'write the numbers as JSON; - for standard output, without the tables')
    .option('--html <file>', 'write a page with plots, which opens offline');
}

function checkFormat(name: string): string {
  const known = traceFormats.map((format) => format.name);
  if (known.includes(name)) return name;
  throw new InvalidArgumentError(`unknown trace format "${name}"; formats: ${known.join(', ')}`);
}

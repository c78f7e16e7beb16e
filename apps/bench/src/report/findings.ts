import type { Comparison, Run } from '../experiment/result.ts';
import { familyOf } from '../strategies/registry.ts';
import { liveSentence } from './live-runs.ts';
import type { RunsOfMap } from './runs-of-map.ts';
import { runAt, runsByMap } from './runs-of-map.ts';
import { changeInWords, formatBytes, formatCount, formatNs, formatRatio } from './units.ts';

/** What the numbers say, in sentences; the first is the headline. Every figure is computed from the runs. */
export function findings(comparison: Comparison): string[] {
  const groups = runsByMap(comparison);
  const first = groups[0]!;
  const live = liveSentence(comparison);
  return [
    ...missSentences(first),
    ...memorySentence(groups),
    ...timeSentence(first),
    ...coldSentence(first),
    ...(live === undefined ? [] : [live]),
  ];
}

function realRuns(group: RunsOfMap): Run[] {
  return group.runs
    .filter((run) => run.tables === group.tellingSize && familyOf(run.strategy) !== 'bound')
    .sort((a, b) => a.misses - b.misses);
}

function missSentences(group: RunsOfMap): string[] {
  const sorted = realRuns(group);
  const best = sorted[0];
  const worst = sorted.at(-1);
  const reference = group.reference && runAt(group, group.reference, group.tellingSize);
  if (!best || !worst || !reference) return [];
  const winners = sorted.filter((run) => run.misses === best.misses).map((run) => run.strategy);
  const losers = sorted.filter((run) => run.misses === worst.misses).map((run) => run.strategy);
  const most = `${listed(losers)} ${losers.length === 1 ? 'misses' : 'miss'} most`;
  const last = losers.includes(reference.strategy) ? most : `${most}, ${against(worst, reference)}`;
  const where = `With ${tablesOf(group.tellingSize)} of ${formatBytes(group.tableBytes)} (${formatBytes(
    group.tellingSize * group.tableBytes,
  )} of cache)`;
  const share = `${formatRatio(best.misses / group.accesses)} of ${formatCount(group.accesses)} look-ups`;
  const sentences: string[] = [];
  if (best.misses === worst.misses)
    sentences.push(
      `${where}, ${listed(winners)} ${winners.length === 1 ? 'misses' : 'all miss'} ${share}.`,
    );
  else if (winners.includes(reference.strategy)) {
    sentences.push(
      `${where}, no strategy misses less than ${listed(winners)}: ${share}; ` + `${last}.`,
    );
  } else {
    sentences.push(
      `${where}, ${listed(winners)} ${winners.length === 1 ? 'misses' : 'miss'} least: ${share}, ${against(best, reference)} ` +
        `(${formatRatio(reference.misses / group.accesses)}); ${last}.`,
    );
  }
  const bound = runAt(group, 'belady', group.tellingSize);
  if (bound) {
    sentences.push(
      `Belady's bound, which knows the future, lies at ${formatRatio(bound.misses / group.accesses)} there, ` +
        `${against(bound, reference)}: no strategy can save more.`,
    );
  }
  return sentences;
}

/** Two mappings at equal memory: what the size of a table does, whatever the strategy. */
function memorySentence(groups: readonly RunsOfMap[]): string[] {
  const [a, b] = groups;
  if (!a || !b || a.reference === undefined || a.reference !== b.reference) return [];
  const memory = a.sizes
    .map((tables) => tables * a.tableBytes)
    .filter((bytes) => b.sizes.includes(bytes / b.tableBytes));
  const wanted = a.tellingSize * a.tableBytes;
  const equal = memory.sort((x, y) => Math.abs(x - wanted) - Math.abs(y - wanted))[0];
  if (equal === undefined) return [];
  const ofA = runAt(a, a.reference, equal / a.tableBytes);
  const ofB = runAt(b, b.reference, equal / b.tableBytes);
  if (!ofA || !ofB) return [];
  return [
    `With ${formatBytes(equal)} of cache and ${a.reference}, tables of ${formatBytes(a.tableBytes)} (${a.map}) miss ${formatRatio(
      ofA.misses / ofA.accesses,
    )} and load ${formatBytes(ofA.bytesLoaded)}; tables of ${formatBytes(b.tableBytes)} (${b.map}) miss ${formatRatio(
      ofB.misses / ofB.accesses,
    )} and load ${formatBytes(ofB.bytesLoaded)}.`,
  ];
}

function timeSentence(group: RunsOfMap): string[] {
  const timed = realRuns(group)
    .filter((run) => run.nsPerAccess !== null)
    .sort((a, b) => a.nsPerAccess! - b.nsPerAccess!);
  const fastest = timed[0];
  const slowest = timed.at(-1);
  if (!fastest || !slowest || fastest === slowest) return [];
  return [
    `Deciding takes from ${formatNs(fastest.nsPerAccess!)} (${fastest.strategy}) to ${formatNs(slowest.nsPerAccess!)} ` +
      `(${slowest.strategy}) an access with ${tablesOf(group.tellingSize)}.`,
  ];
}

function coldSentence(group: RunsOfMap): string[] {
  const { misses, accesses } = group.unlimited;
  return [
    `The trace touches ${formatCount(misses)} different tables: an unlimited cache misses ${formatRatio(misses / accesses)}.`,
  ];
}

const tablesOf = (count: number): string =>
  `${formatCount(count)} ${count === 1 ? 'table' : 'tables'}`;

const against = (run: Run, reference: Run): string =>
  `${changeInWords(run.misses, reference.misses)} ${reference.strategy}`;

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

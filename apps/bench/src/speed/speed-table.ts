import { bareTable } from '../report/bare-table.ts';
import { formatCount } from '../report/units.ts';
import type { ReplaySpeed } from './replay-speed.ts';

/** Replay speeds as text: strategies down, sizes across, `median (slowest-fastest round)` in million accesses a second. */
export function replaySpeedTable(speeds: readonly ReplaySpeed[]): string {
  const sizes = [...new Set(speeds.map((speed) => speed.tables))];
  const table = bareTable(['M accesses/s', ...sizes.map((size) => `${formatCount(size)} tables`)]);
  for (const strategy of new Set(speeds.map((speed) => speed.strategy))) {
    const cells = sizes.map((size) =>
      cellOf(speeds.find((speed) => speed.strategy === strategy && speed.tables === size)),
    );
    table.push([strategy, ...cells]);
  }
  return table.toString();
}

function cellOf(speed: ReplaySpeed | undefined): string {
  if (!speed) return '';
  const [slowest, fastest] = speed.range.map(millions) as [string, string];
  return `${millions(speed.accessesPerSecond)} (${slowest}-${fastest})`;
}

function millions(perSecond: number): string {
  const value = perSecond / 1e6;
  return value.toFixed(value >= 99.95 ? 0 : value >= 0.995 ? 1 : 3);
}

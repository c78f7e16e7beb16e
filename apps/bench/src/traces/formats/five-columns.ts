import { textParser } from '../text-parser.ts';
import type { Line } from '../line.ts';
import type { ParserContext, TraceParser } from '../format.ts';

/** How the five columns of one format are meant. */
export interface FiveColumns {
  /** Bytes that one unit of address and size stands for. */
  readonly unit: number;
  /** Reads the last column, and gives an operation. */
  readonly operation: (line: Line) => number;
}

/** Lines of `time device address size operation`, apart by blanks: what DiskSim, SSDSim and Heimdall have in common. */
export function fiveColumns(context: ParserContext, { unit, operation }: FiveColumns): TraceParser {
  const { columns } = context;
  return textParser(context, (line) => {
    line.skipBlanks();
    line.decimal('time');
    line.blanks('time');
    const device = line.uint('device');
    line.blanks('device');
    const address = line.uint('address');
    line.blanks('address');
    const size = line.uint('size');
    line.blanks('size');
    const op = operation(line);
    line.done('the operation');
    columns.push(op, device, address * unit, size * unit, line);
  });
}

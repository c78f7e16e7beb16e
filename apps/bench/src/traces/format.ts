import type { TraceColumns } from './columns.ts';
import type { TraceOptions } from './trace.ts';

/** What a parser is made with. */
export interface ParserContext {
  /** The file's name, for errors. */
  readonly file: string;
  readonly columns: TraceColumns;
  readonly options: TraceOptions;
}

/** Takes the uncompressed bytes of a file in pieces of any size. A piece may be overwritten after `push` has returned. */
export interface TraceParser {
  push(chunk: Uint8Array): void;
  /** Called once after the last piece. */
  end(): void;
}

/** One trace format. */
export interface TraceFormat {
  /** The name by which it is asked for. */
  readonly name: string;
  /** One line: where it comes from, its columns and units. */
  readonly description: string;
  /** Ends of file names (compression suffix removed, lower case) that this format alone uses. */
  readonly extensions: readonly string[];
  /** Set where offsets are ids of objects, not addresses. */
  readonly objects?: true;
  /** Whether the beginning of a file (text, ASCII) can be of this format and no other; absent where that cannot be told. */
  readonly sniff?: RegExp;
  parser(context: ParserContext): TraceParser;
}

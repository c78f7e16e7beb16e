import type { Extent } from '../device.ts';
import { ImageError } from '../errors.ts';
import { checkRange } from '../range.ts';
import { hostError } from './host-error.ts';

/** The most bytes in one call to the host: Node keeps lengths in 31 bits. */
export const LARGEST_CALL = 0x40000000;

/** What the synchronous and the asynchronous file device share: state, checks, and the errors they throw. */
export abstract class HostFile {
  /** The path it was opened with. */
  readonly path: string;
  readonly readOnly: boolean;
  /** True unless read-only: a write past the end extends the file. */
  readonly growable: boolean;
  /** -1 once closed. */
  protected fd: number;
  protected bytes: number;
  /** Set by what changes the size: `fdatasync` is enough for everything else. */
  protected sizeChanged = false;
  /**
   * The first error of a flush. Linux forgets the pages that it failed to write, so that a second fsync succeeds without them: once a
   * flush has failed nobody can say again that all is durable.
   */
  protected lost: ImageError | undefined;

  constructor(fd: number, path: string, size: number, readOnly: boolean) {
    this.fd = fd;
    this.path = path;
    this.bytes = size;
    this.readOnly = readOnly;
    this.growable = !readOnly;
  }

  get size(): number {
    return this.bytes;
  }

  /** One extent of data: Node cannot ask a file where its holes are (SEEK_HOLE). */
  async *extents(offset: number, length: number): AsyncIterable<Extent> {
    this.checkOpen();
    checkRange(offset, length, this.bytes);
    if (length > 0) yield { offset, length, kind: 'data', depth: 0, hostOffset: offset };
  }

  protected checkOpen(): void {
    if (this.fd < 0) throw new TypeError(`${this.path} is closed`);
  }

  protected checkWrite(offset: number, length: number): void {
    this.checkOpen();
    if (this.readOnly) {
      throw new ImageError('read-only', `${this.path} was opened for reading only`, {
        offset,
        subject: this.path,
      });
    }
    checkRange(offset, length, Number.MAX_SAFE_INTEGER);
  }

  protected checkLost(): void {
    if (this.lost !== undefined) {
      throw new ImageError('io', 'an earlier flush failed, what it should have saved is unknown', {
        subject: this.path,
        cause: this.lost,
      });
    }
  }

  /** To be called when bytes up to `end` have been written. */
  protected wrote(end: number): void {
    if (end > this.bytes) {
      this.bytes = end;
      this.sizeChanged = true;
    }
  }

  protected failed(error: unknown, doing: string, offset?: number): ImageError {
    if (error instanceof ImageError) return error;
    return hostError(error, `${doing} ${this.path}`, {
      ...(offset === undefined ? {} : { offset }),
      subject: this.path,
      readOnly: this.readOnly,
    });
  }

  /** For a read that came back empty inside the file: somebody made it shorter. */
  protected ended(at: number): ImageError {
    return new ImageError('io', `${this.path} became shorter while it was open`, {
      offset: at,
      expected: this.bytes,
      found: at,
      subject: this.path,
    });
  }

  /** For a write that the host took nothing of, without saying why. */
  protected stuck(at: number): ImageError {
    return new ImageError('io', `the host takes no more bytes for ${this.path}`, {
      offset: at,
      subject: this.path,
    });
  }
}

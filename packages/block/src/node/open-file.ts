import fs from 'node:fs';
import { ImageError } from '../errors.ts';
import { FileDevice } from './file.ts';
import { AsyncFileDevice } from './file-async.ts';
import { hostError } from './host-error.ts';

/** How {@link openFile} opens. */
export interface OpenFileOptions {
  /** Open for reading only. Default false. */
  readonly readOnly?: boolean;
  /** Make the file, empty, when there is none. Default false. */
  readonly create?: boolean;
  /** With `create`: the file must not be there yet; if it is, the error's code is `refused`. Default false. */
  readonly exclusive?: boolean;
  /** Throw away what the file holds. Default false. */
  readonly truncate?: boolean;
  /** `sync` completes each request in the call, `async` in the thread pool. Default `sync`. */
  readonly mode?: 'sync' | 'async';
}

/** The defaults of {@link OpenFileOptions}. */
export const OPEN_FILE_DEFAULTS = {
  readOnly: false,
  create: false,
  exclusive: false,
  truncate: false,
  mode: 'sync',
} as const satisfies Required<OpenFileOptions>;

/**
 * Opens a regular file as a device. No lock is taken: Node has none that QEMU would see, so the caller keeps two writers apart.
 *
 * @throws ImageError `io` (no such file), `read-only` (no permission to write), `refused` (`exclusive`), `unsupported` (not a regular file)
 */
export function openFile(
  path: string,
  options: OpenFileOptions & { readonly mode: 'async' },
): AsyncFileDevice;
export function openFile(
  path: string,
  options?: OpenFileOptions & { readonly mode?: 'sync' },
): FileDevice;
export function openFile(path: string, options?: OpenFileOptions): FileDevice | AsyncFileDevice;
export function openFile(
  path: string,
  options: OpenFileOptions = {},
): FileDevice | AsyncFileDevice {
  const { readOnly, create, exclusive, truncate, mode } = { ...OPEN_FILE_DEFAULTS, ...options };
  if (readOnly && (create || truncate)) {
    throw new TypeError('a file opened with { readOnly: true } cannot be created or truncated');
  }
  const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL } = fs.constants;
  let flags = readOnly ? O_RDONLY : O_RDWR;
  if (create) flags |= exclusive ? O_CREAT | O_EXCL : O_CREAT;
  let fd: number;
  try {
    fd = fs.openSync(path, flags);
  } catch (error) {
    throw hostError(error, `opening ${path}`, { subject: path, readOnly });
  }
  try {
    const stat = fs.fstatSync(fd);
    if (!stat.isFile()) {
      throw new ImageError(
        'unsupported',
        `${path} is not a regular file; Node cannot ask the size of anything else`,
        { subject: path },
      );
    }
    if (truncate) fs.ftruncateSync(fd, 0);
    const size = truncate ? 0 : stat.size;
    const device =
      mode === 'async'
        ? new AsyncFileDevice(fd, path, size, readOnly)
        : new FileDevice(fd, path, size, readOnly);
    return device;
  } catch (error) {
    fs.closeSync(fd);
    throw error instanceof ImageError
      ? error
      : hostError(error, `opening ${path}`, { subject: path, readOnly });
  }
}

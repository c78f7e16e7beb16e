import { ImageError, readPadded, type BlockDevice } from '@q/block';
import { HEADER_BYTES, parseQedHeader, type QedHeader } from './header.ts';

/** A header, and the name it points to. */
export interface QedHeaderArea {
  readonly header: QedHeader;
  /** The backing file's name, as the image has it; undefined when there is no backing file. */
  readonly backingFile: string | undefined;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads the header of the image in `file`.
 * @throws what `parseQedHeader` throws; ImageError `corrupt` for a name that is not text
 */
export async function readQedHeader(file: BlockDevice): Promise<QedHeaderArea> {
  const bytes = new Uint8Array(Math.min(HEADER_BYTES, file.size));
  await file.read(bytes, 0);
  const header = parseQedHeader(bytes, file.size);
  const { backingName } = header;
  if (backingName === undefined) return { header, backingFile: undefined };
  const name = new Uint8Array(backingName.length);
  await readPadded(file, name, backingName.offset);
  return { header, backingFile: decodeName(name, backingName.offset) };
}

function decodeName(bytes: Uint8Array, offset: number): string {
  let cause: unknown;
  try {
    const name = utf8.decode(bytes);
    if (!name.includes('\0')) return name;
  } catch (error) {
    cause = error;
  }
  throw new ImageError(
    'corrupt',
    "The backing file's name is not text. Restore the image from a copy.",
    { offset, subject: 'backing_filename', cause },
  );
}

import type { BlockDevice } from '@q/block';
import { isQcow1 } from '@q/format/qcow1';
import { create } from './create.ts';
import type { Qcow1CreateOptions } from './create-options.ts';
import type { Qcow1Image } from './image.ts';
import { open } from './open.ts';
import type { Qcow1OpenOptions } from './options.ts';

/** A format driver: what a program that opens images of several formats is given. */
export interface Qcow1Driver {
  readonly name: 'qcow';
  /** Whether the first bytes of a file (8 are enough) are those of a QCOW version 1 image. Looks at bytes only. */
  probe(head: Uint8Array): boolean;
  /** See {@link open}. */
  open(file: BlockDevice, options?: Qcow1OpenOptions): Promise<Qcow1Image>;
  /** See {@link create}. */
  create(
    file: BlockDevice,
    options: Qcow1CreateOptions,
    openOptions?: Qcow1OpenOptions,
  ): Promise<Qcow1Image>;
}

/** The QCOW version 1 driver, by the name that QEMU has for the format. */
export const qcow1: Qcow1Driver = { name: 'qcow', probe: isQcow1, open, create };

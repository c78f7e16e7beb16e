import type { BlockDevice } from '@q/block';
import { isQcow2 } from '@q/format';
import { create } from './create.ts';
import type { Qcow2CreateOptions } from './create-options.ts';
import type { Qcow2Image } from './image.ts';
import { open } from './open.ts';
import type { Qcow2OpenOptions } from './options.ts';

/** A format driver: what a program that opens images of several formats is given. */
export interface Qcow2Driver {
  readonly name: 'qcow2';
  /** Whether the first bytes of a file (8 are enough) are those of a QCOW2 image. Looks at bytes only. */
  probe(head: Uint8Array): boolean;
  /** See {@link open}. */
  open(file: BlockDevice, options?: Qcow2OpenOptions): Promise<Qcow2Image>;
  /** See {@link create}. */
  create(
    file: BlockDevice,
    options: Qcow2CreateOptions,
    openOptions?: Qcow2OpenOptions,
  ): Promise<Qcow2Image>;
}

/** The QCOW2 driver. */
export const qcow2: Qcow2Driver = { name: 'qcow2', probe: isQcow2, open, create };

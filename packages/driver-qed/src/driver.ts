import type { BlockDevice } from '@q/block';
import { checkQed, isQed, type QedCheckOptions, type QedCheckReport } from '@q/qed';
import type { QedCreateOptions } from './create-options.ts';
import { create } from './create.ts';
import type { QedImage } from './image.ts';
import { open } from './open.ts';
import type { QedOpenOptions } from './options.ts';

/** A format driver: what a program that opens images of several formats is given. */
export interface QedDriver {
  readonly name: 'qed';
  /** Whether the first bytes of a file (4 are enough) are those of a QED image. Looks at bytes only. */
  probe(head: Uint8Array): boolean;
  /** See {@link open}. */
  open(file: BlockDevice, options?: QedOpenOptions): Promise<QedImage>;
  /** See {@link create}. */
  create(
    file: BlockDevice,
    options: QedCreateOptions,
    openOptions?: QedOpenOptions,
  ): Promise<QedImage>;
  /** Checks the image in a file that no image is open on, and repairs it when asked to. See `checkQed` in `@q/qed`. */
  check(file: BlockDevice, options?: QedCheckOptions): Promise<QedCheckReport>;
}

/** The QED driver. */
export const qed: QedDriver = { name: 'qed', probe: isQed, open, create, check: checkQed };

import { ImageError, type BlockDevice, type MaybePromise } from '@q/block';

/** What an image names outside of itself. The text comes from the image: do not trust it. */
export interface ImageReference {
  readonly role: 'backing';
  /** The name as the image has it. */
  readonly name: string;
  /** Always undefined: the format of a backing file is stored nowhere in a QCOW version 1 image. Whoever opens it has to know; probing it is unsafe. */
  readonly format: undefined;
}

/** Opens what an image names, or refuses. Nothing is opened unless the caller gives a gate that does. The image closes what its gate opened. */
export type Gate = (reference: ImageReference) => MaybePromise<BlockDevice>;

/**
 * The default gate: refuses every reference.
 * @throws ImageError `refused`, with the reference's name as `subject`
 */
export function refuse({ name }: ImageReference): never {
  throw new ImageError(
    'refused',
    `The image names a backing file, ${JSON.stringify(name)}, and nothing outside of an image is opened by itself. ` +
      `If the image is trusted, open that file in the format you know it has and hand it over by the option 'backing'.`,
    { subject: name },
  );
}

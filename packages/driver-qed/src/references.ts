import { ImageError, type BlockDevice, type MaybePromise } from '@q/block';

/** What an image names outside of itself. The text comes from the image: do not trust it. */
export interface ImageReference {
  /** What lies below. */
  readonly role: 'backing';
  /** The name as the image has it. */
  readonly name: string;
  /**
   * `raw` where the image says that the file must not be probed, the only format it can name. Undefined otherwise: whoever then guesses the format
   * lets the guest of a raw file choose it.
   */
  readonly format: string | undefined;
}

/**
 * Opens what an image names, or refuses. Nothing is opened unless the caller gives a gate that does. The image closes what its gate opened.
 */
export type Gate = (reference: ImageReference) => MaybePromise<BlockDevice>;

/**
 * The default gate: refuses every reference.
 * @throws ImageError `refused`, with the reference's name as `subject`
 */
export function refuse({ name }: ImageReference): never {
  throw new ImageError(
    'refused',
    `The image names a backing file, ${JSON.stringify(name)}, and nothing outside of an image is opened by itself. ` +
      "If the image is trusted, open that file and hand it over by the option 'backing'.",
    { subject: name },
  );
}

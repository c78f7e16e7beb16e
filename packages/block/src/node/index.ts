/**
 * Files as block devices, for Node.
 * @module
 */
export { AsyncFileDevice } from './file-async.ts';
export { FileDevice } from './file.ts';
export { OPEN_FILE_DEFAULTS, openFile } from './open-file.ts';
export type { OpenFileOptions } from './open-file.ts';

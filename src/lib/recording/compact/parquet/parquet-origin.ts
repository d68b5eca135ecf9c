import type { FileMetaData } from 'hyparquet';
import { z } from 'zod';
import { readKeyValue } from './sealed-metadata.ts';

/** The key under which a Parquet file says what it was made of. */
export const ORIGIN_KEY = 'tickpipe.sources';

/** A recording as it was when it was read: its name without folders, and its bytes. */
const originSchema = z.array(z.tuple([z.string(), z.number()]));
export type Origin = z.infer<typeof originSchema>;

/** What a compacted file was made of; undefined when it does not say so. */
export function originOf(metadata: FileMetaData): Origin | undefined {
  return readKeyValue(metadata, ORIGIN_KEY, originSchema);
}

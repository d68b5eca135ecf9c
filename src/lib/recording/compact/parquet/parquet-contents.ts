import type { FileMetaData } from 'hyparquet';
import { z } from 'zod';
import { readKeyValue } from './sealed-metadata.ts';

/** The key under which a compacted file says what is in it. */
export const CONTENTS_KEY = 'tickpipe.contents';

/** The version of all that compacted files hold. Another one is not read. */
const CONTENTS_SCHEMA = 1;

const sourceSchema = z.object({
  /** The recording's data file, without folders. */
  name: z.string(),
  /** How many rows are of it: those of the first have the first places in the sequence. */
  rows: z.number().int().nonnegative(),
  /** Null when it has no row. */
  simulated: z.boolean().nullable(),
});
export type StoredSource = z.infer<typeof sourceSchema>;

const contentsSchema = z.object({
  schema: z.literal(CONTENTS_SCHEMA),
  /** In the order in which they were recorded. */
  sources: z.array(sourceSchema),
  /** Of all rows; the gaps beside them have the same. */
  digest: z.number(),
});
export type ParquetContents = z.infer<typeof contentsSchema>;

export function createContents(sources: readonly StoredSource[], digest: number): ParquetContents {
  return { schema: CONTENTS_SCHEMA, sources: [...sources], digest };
}

/** What is in a compacted file; undefined when it does not say so. */
export function contentsOf(metadata: FileMetaData): ParquetContents | undefined {
  return readKeyValue(metadata, CONTENTS_KEY, contentsSchema);
}

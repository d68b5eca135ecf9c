/** Why nothing of a compacted file can be used, in words. */
export class ParquetDamage extends Error {}

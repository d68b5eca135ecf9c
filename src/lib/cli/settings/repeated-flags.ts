import type { FlagInput } from '@oclif/core/interfaces';

/** Given twice, the first list of symbols would be lost unseen: that stays an error. */
const ONCE_ONLY: ReadonlySet<string> = new Set(['file']);

/**
 * The same flags, of which oclif takes each any number of times: what stands in an alias or a script can be given anew
 * behind it, as with GNU tools. The values then are lists, for `takeLast`.
 */
export function allowRepeats(flags: FlagInput): FlagInput {
  return Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      flag.type === 'option' && isRepeatable(name, flag) ? { ...flag, multiple: true, multipleNonGreedy: true } : flag,
    ]),
  ) as FlagInput;
}

/** The last value of each flag that was given. @param defaulted flags that were not */
export function takeLast(
  flags: FlagInput,
  values: Readonly<Record<string, unknown>>,
  defaulted: ReadonlySet<string>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const flag = flags[name];
      const isList = flag?.type === 'option' && isRepeatable(name, flag) && !defaulted.has(name);
      return [name, isList && Array.isArray(value) ? value.at(-1) : value];
    }),
  );
}

function isRepeatable(name: string, { multiple }: { readonly multiple?: boolean }): boolean {
  return multiple !== true && !ONCE_ONLY.has(name);
}

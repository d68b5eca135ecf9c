import { build } from '../../scripts/build.ts';

/** Builds the program once before the tests, so that tests that start it run what ships. */
export default async function setup(): Promise<void> {
  await build();
}

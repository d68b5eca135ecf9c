import { it } from 'vitest';
import { expectWholeBurst } from './burst.ts';

it('a pipe that is read fast loses nothing in a burst of a million rows', () => expectWholeBurst(1_000_000), 300_000);

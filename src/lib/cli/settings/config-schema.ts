import { z } from 'zod';

const Setting = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);
/** The configuration file; `tickpipe help config` prints the descriptions. */
export const configFileSchema = z.strictObject({
  profile: z
    .string()
    .optional()
    .describe('the name of the profile that applies when neither the command line nor a variable names one'),
  profiles: z
    .record(z.string(), z.record(z.string(), Setting))
    .optional()
    .describe('the profiles: under each name the flags that it sets'),
});

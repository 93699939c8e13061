/** The description of the read endpoint. */
import { describe } from './document.ts';
import { READ_PATHS } from './read-paths.ts';
import { HEALTH_MEMBERS, READ_SCHEMAS } from './read-schemas.ts';

export const READ_DESCRIPTION = describe(
  'lambda-sentinel: read',
  'What the sentinels agree on. It changes nothing. Every GET answers HEAD too.',
  READ_PATHS,
  READ_SCHEMAS,
  HEALTH_MEMBERS,
);

/**
 * Takes the place of `@aws-sdk/credential-provider-node` in the bundles: a function's credentials are in its
 * environment. Profiles, SSO and instance metadata, which it never has, are a sixth of the bundle.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';

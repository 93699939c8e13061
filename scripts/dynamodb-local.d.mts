export function ensureDynamoDbLocal(): { readonly dir: string } | { readonly missing: string };

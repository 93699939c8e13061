export function findPythonTools(): { readonly python: string } | { readonly missing: string };
export function ensurePythonTools(): { readonly python: string } | { readonly missing: string };

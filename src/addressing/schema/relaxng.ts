/** A validator made of libvirt's schemas by libxml2, whoever has loaded that: the command from its package, the planner as a script. */
import type { Validate } from './faults.ts';

interface Parsed {
  dispose(): void;
}

/** What is needed of `libxml2-wasm`. */
export interface Libxml {
  readonly XmlDocument: {
    fromString(text: string): Parsed;
    fromBuffer(bytes: Uint8Array, options: { readonly url: string }): Parsed;
  };
  readonly RelaxNGValidator: { fromDoc(schema: Parsed): { validate(document: Parsed): void } };
  readonly XmlValidateError: abstract new (...given: never[]) => Error & { readonly details: ReturnType<Validate> };
}

/** `url`: where the schema is; what it includes is looked for beside it, by the input providers of libxml2. Throws where it is no schema. */
export function relaxngValidator({ XmlDocument, RelaxNGValidator, XmlValidateError }: Libxml, schema: Uint8Array, url: string): Validate {
  const validator = RelaxNGValidator.fromDoc(XmlDocument.fromBuffer(schema, { url }));
  return (text) => {
    // The text is characters already, so what its declaration says of bytes would only confuse.
    const document = XmlDocument.fromString(text.replace(/^\uFEFF/, '').replace(/^<\?xml[^>]*\?>/, ''));
    try {
      validator.validate(document);
      return [];
    } catch (error) {
      if (!(error instanceof XmlValidateError)) throw error;
      return error.details;
    } finally {
      document.dispose();
    }
  };
}

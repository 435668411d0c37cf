"use client";

import { useId, type InputHTMLAttributes, type Ref, type SelectHTMLAttributes } from "react";

const BOX = "min-h-9 w-full rounded-md border border-line bg-panel px-2 py-1 text-sm";

interface FieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "onChange"> {
  label: string;
  hideLabel?: boolean;
  ref?: Ref<HTMLInputElement>;
  onChange(value: string): void;
}

export function Field({ label, hideLabel = false, onChange, className = "", ...rest }: FieldProps) {
  const id = useId();
  return (
    <div className={className}>
      <label htmlFor={id} className={hideLabel ? "sr-only" : "mb-1 block text-sm text-muted"}>
        {label}
      </label>
      <input id={id} className={BOX} onChange={(event) => onChange(event.target.value)} {...rest} />
    </div>
  );
}

interface ChoiceProps extends Omit<SelectHTMLAttributes<HTMLSelectElement>, "onChange"> {
  label: string;
  options: readonly (readonly [value: string, text: string])[];
  onChange(value: string): void;
}

export function Choice({ label, options, onChange, className = "", ...rest }: ChoiceProps) {
  const id = useId();
  return (
    <div className={className}>
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      <select id={id} className={BOX} onChange={(event) => onChange(event.target.value)} {...rest}>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

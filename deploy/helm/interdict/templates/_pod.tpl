{{- /* What all pods of the chart have in common: settings, secrets as files, and next to no rights. */ -}}

{{- define "interdict.secretsPath" -}}/run/secrets/interdict{{- end -}}

{{- /* A list of {secret, key, file, setting}: what is mounted, and which setting names the file.
       Takes {root, worker}: only a worker gets the keys that commands and log lines are made with. */ -}}
{{- define "interdict.secrets" -}}
{{- $kafka := .root.Values.kafka -}}
{{- with $kafka.sasl.passwordSecret }}{{ if .name }}
- {secret: {{ .name | quote }}, key: {{ .key | quote }}, file: sasl-password, setting: SASL_PASSWORD_FILE}
{{- end }}{{ end }}
{{- with $kafka.tls.caSecret }}{{ if .name }}
- {secret: {{ .name | quote }}, key: {{ .key | quote }}, file: ca.crt, setting: SSL_CA_FILE}
{{- end }}{{ end }}
{{- with $kafka.tls.certSecret }}{{ if .name }}
- {secret: {{ .name | quote }}, key: {{ .certKey | quote }}, file: tls.crt, setting: SSL_CERT_FILE}
- {secret: {{ .name | quote }}, key: {{ .keyKey | quote }}, file: tls.key, setting: SSL_KEY_FILE}
{{- end }}{{ end }}
{{- if .worker }}
{{- with .root.Values.signing.keySecret }}{{ if .name }}
- {secret: {{ .name | quote }}, key: {{ .key | quote }}, file: signing.pem, setting: SIGNING_KEY_FILE}
{{- end }}{{ end }}
{{- with .root.Values.logHash.keySecret }}{{ if .name }}
- {secret: {{ .name | quote }}, key: {{ .key | quote }}, file: log-hash-key, setting: LOG_HASH_KEY_FILE}
{{- end }}{{ end }}
{{- with .root.Values.identity.secret }}{{ if .name }}
- {secret: {{ .name | quote }}, key: {{ .key | quote }}, file: identity-secret, setting: IDENTITY_SECRET_FILE}
{{- end }}{{ end }}
{{- end }}
{{- end -}}

{{- define "interdict.env" -}}
{{- $values := .root.Values -}}
- {name: INTERDICT_BOOTSTRAP, value: {{ $values.kafka.bootstrap | quote }}}
- {name: INTERDICT_SECURITY_PROTOCOL, value: {{ $values.kafka.securityProtocol | quote }}}
{{- if eq $values.kafka.securityProtocol "SASL_SSL" }}
- {name: INTERDICT_SASL_MECHANISM, value: {{ $values.kafka.sasl.mechanism | quote }}}
- {name: INTERDICT_SASL_USERNAME, value: {{ $values.kafka.sasl.username | quote }}}
{{- end }}
{{- range include "interdict.secrets" . | fromYamlArray }}
- {name: INTERDICT_{{ .setting }}, value: {{ include "interdict.secretsPath" $ }}/{{ .file }}}
{{- end }}
- {name: INTERDICT_LOG_FORMAT, value: json}
{{- range $name, $value := $values.settings }}
{{- /* Helm reads every number as a float: a large one would be written 3e+05. */}}
{{- $plain := ternary (printf "%.0f" $value) (toString $value) (and (kindIs "float64" $value) (eq (floor $value) $value)) }}
- {name: INTERDICT_{{ upper $name }}, value: {{ $plain | quote }}}
{{- end }}
{{- with $values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "interdict.podSpec" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumes:
  - name: tmp
    emptyDir: {sizeLimit: 64Mi}
{{- with include "interdict.secrets" . | fromYamlArray }}
  - name: secrets
    projected:
      defaultMode: 0440
      sources:
{{- range . }}
        - secret:
            name: {{ .secret | quote }}
            items: [{key: {{ .key | quote }}, path: {{ .file }}}]
{{- end }}
{{- end }}
{{- end -}}

{{- /* The part of a container that all have. */ -}}
{{- define "interdict.container" -}}
image: {{ include "interdict.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
volumeMounts:
  - {name: tmp, mountPath: /tmp}
{{- if include "interdict.secrets" . }}
  - {name: secrets, mountPath: {{ include "interdict.secretsPath" . }}, readOnly: true}
{{- end }}
{{- end -}}

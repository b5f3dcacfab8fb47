{{- /* The release's name, with the chart's where it is not in there. */ -}}
{{- define "interdict.fullname" -}}
{{- $name := ternary .Release.Name (printf "%s-interdict" .Release.Name) (contains "interdict" .Release.Name) -}}
{{- $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "interdict.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "interdict.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- /* What selects this release's pods, of every component. It may not change from one version to the next. */ -}}
{{- define "interdict.selector" -}}
app.kubernetes.io/name: interdict
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "interdict.labels" -}}
{{ include "interdict.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | quote }}
{{- end -}}

{{- define "interdict.image" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion -}}
{{- $digest := ternary (printf "@%s" .Values.image.digest) "" (ne .Values.image.digest "") -}}
{{- printf "%s:%s%s" .Values.image.repository $tag $digest -}}
{{- end -}}

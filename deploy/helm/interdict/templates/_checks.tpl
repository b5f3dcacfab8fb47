{{- /* What a schema cannot say: values that contradict one another. Nothing is rendered then. */ -}}
{{- define "interdict.checks" -}}
{{- $partitions := int (.Values.settings.partitions | default 8) -}}
{{- $kafka := .Values.kafka -}}
{{- if gt (int .Values.replicas) $partitions -}}
{{- fail (printf "replicas (%v) are more than settings.partitions (%d): the rest would have no lanes" .Values.replicas $partitions) -}}
{{- end -}}
{{- if .Values.autoscaling.enabled -}}
{{- if gt (int .Values.autoscaling.maxReplicas) $partitions -}}
{{- fail (printf "autoscaling.maxReplicas (%v) is more than settings.partitions (%d): the rest would have no lanes" .Values.autoscaling.maxReplicas $partitions) -}}
{{- end -}}
{{- if gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas) -}}
{{- fail "autoscaling.minReplicas is more than autoscaling.maxReplicas" -}}
{{- end -}}
{{- end -}}
{{- if eq $kafka.securityProtocol "SASL_SSL" -}}
{{- if not (and $kafka.sasl.username $kafka.sasl.passwordSecret.name) -}}
{{- fail "kafka.securityProtocol SASL_SSL needs kafka.sasl.username and kafka.sasl.passwordSecret.name" -}}
{{- end -}}
{{- else if or $kafka.sasl.username $kafka.sasl.passwordSecret.name -}}
{{- fail (printf "kafka.securityProtocol %s proves no password: leave kafka.sasl away, or say SASL_SSL" $kafka.securityProtocol) -}}
{{- end -}}
{{- if and (eq $kafka.securityProtocol "PLAINTEXT") (or $kafka.tls.caSecret.name $kafka.tls.certSecret.name) -}}
{{- fail "kafka.securityProtocol PLAINTEXT uses no certificate: leave kafka.tls away, or say SSL or SASL_SSL" -}}
{{- end -}}
{{- if and .Values.signing.keySecret.name (not .Values.settings.environment) -}}
{{- fail "signing.keySecret.name needs settings.environment: signatures are good in one environment only" -}}
{{- end -}}
{{- end -}}
